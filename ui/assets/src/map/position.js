// "Find me": the browser's position, where it may be asked; on a map that chooses places it counts as a click.

import L from "leaflet";
import { say } from "./controls.js";

const CLOSE = 16; // zoom at which a person recognises the corner they stand at

export function findMe(linge) {
  const { map, config, marks } = linge;
  const found = ({ coords }) => {
    const place = L.latLng(coords.latitude, coords.longitude);
    map.setView(place, Math.max(map.getZoom(), CLOSE));
    marks.positionAt(place, coords.accuracy);
    if (config.choose !== "place") return;
    marks.pinAt([place.lng, place.lat]);
    linge.send({ lon: place.lng, lat: place.lat, hit: null, accuracy: Math.round(coords.accuracy) });
  };
  const failed = () => say(map, config.words.not_located);
  say(map, config.words.locating);
  const options = { enableHighAccuracy: true, timeout: 12000, maximumAge: 15000 };
  navigator.geolocation.getCurrentPosition(found, failed, options);
}
